/* why_search.h: finds in a source what there is to say about a moment: the decision of it or the
 * nearest, who chose then, and how the last green of a group before it ended. */
#ifndef KAVSAK_WHY_SEARCH_H
#define KAVSAK_WHY_SEARCH_H

#include "why_source.h"
#include "why_text.h"

/* Fills w->decision and w->mode for w->asked; with w->has_end for the last end of a green of
 * w->sg_ix before it, and w->end. phase_id: of that group, below zero for pedestrians, 0 unknown.
 */
MUST_CHECK enum status why_search(struct why_source *source, struct why *w, int32_t phase_id);

#endif
