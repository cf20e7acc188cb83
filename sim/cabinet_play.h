/* cabinet_play.h: plays recorded detector events into a cabinet's inputs, in real time or faster.
 * Of an event log it plays detectors (82 on, 81 off) and push buttons (90, 89). Channel c is input
 * c - 1 unless mapped. Decides nothing. Allocates when opened, not
 * while playing. */
#ifndef KAVSAK_CABINET_PLAY_H
#define KAVSAK_CABINET_PLAY_H

#include "cabinet_emu.h"

enum { PLAY_CHANNEL_MAX = 256, PLAY_EVENT_MAX = 4000000 };

struct play_event {
    int64_t at_ms; /* since the first event of the file */
    uint8_t input;
    bool on;
};

struct play {
    struct play_event *event;
    size_t count, room, next;
    uint64_t skipped; /* detector events whose channel has no input */
    bool is_running;
    int64_t started_ms;                 /* on the cabinet's clock */
    int64_t from_ms;                    /* into the recording */
    int32_t speed_percent;              /* 100: as it was */
    int16_t input_of[PLAY_CHANNEL_MAX]; /* -1 none */
    int16_t input_of_button[PLAY_CHANNEL_MAX];
};

void play_init(struct play *p);
void play_finish(struct play *p);

/* "CHANNEL:INPUT,b4:INPUT": of the detectors only these channels are played, if any is named;
 * buttons (events 89 and 90) have no input unless named, with a b before their channel. */
MUST_CHECK enum status play_map(struct play *p, const char *text);

/* Reads the whole recording. STATUS_IO: no such file; STATUS_INVALID: error holds "line N: what".
 */
MUST_CHECK enum status play_open(struct play *p, const char *path, char *error, size_t error_bytes);

/* Time from which the recording runs. What happened before from_ms is set at once, without edges
 * played late. */
void play_start(struct play *p, struct cabinet_emu *e, int64_t now_ms);
/* Plays what is due. */
void play_step(struct play *p, struct cabinet_emu *e, int64_t now_ms);
bool play_is_over(const struct play *p);

#endif
