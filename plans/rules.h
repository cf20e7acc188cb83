/* rules.h: every rule by which a junction directory can be refused: number, how bad, what it
 * demands and what to do. `kavsak check --rules` prints this table; plans/rejected holds an example
 * against each. Numbers are never reused; a rule that goes leaves a gap. */
#ifndef KAVSAK_RULES_H
#define KAVSAK_RULES_H

#include "diag.h"

/* Name, number, level, what it demands, what to do about it. */
#define RULES(RULE)                                                                                \
    /* What a file is. */                                                                          \
    RULE(FILE_UNREADABLE, 1, ERROR, "All four files of a junction exist and can be read.",         \
         "A junction directory holds safety.yaml, lanes.yaml, plan.yaml and site.yaml.")           \
    RULE(YAML_SYNTAX, 2, ERROR, "A file is YAML.",                                                 \
         "Look at the line named and the one above: indentation, colon and space, brackets.")      \
    RULE(YAML_TAB, 3, ERROR, "Indentation is made of spaces.", "Replace the tab by spaces.")       \
    RULE(YAML_ANCHOR, 4, ERROR, "No anchors (&name).", "Write the value out where it is needed.")  \
    RULE(YAML_ALIAS, 5, ERROR, "No aliases (*name) and no merge keys (<<).",                       \
         "Write the value out: what a reader sees is what counts.")                                \
    RULE(YAML_TAG, 6, ERROR, "No tags (!type) and no directives (%).", "Leave it out.")            \
    RULE(YAML_DOCUMENTS, 7, ERROR, "One document in a file.", "Remove the line '---'.")            \
    RULE(FILE_TOO_LARGE, 8, ERROR, "A file has at most 1 MiB.",                                    \
         "No junction needs that much: look for text that was repeated by accident.")              \
    RULE(FILE_TOO_DEEP, 9, ERROR, "At most 16 levels of nesting.",                                 \
         "Look for brackets that were not closed.")                                                \
    RULE(YAML_DUPLICATE, 10, ERROR, "A key stands once in a mapping.", "Remove one of the two.")   \
    RULE(YAML_BOOLEAN, 11, ERROR, "True and false are written true and false.",                    \
         "Write true or false; a name that is yes, no, on or off needs quotes.")                   \
    RULE(YAML_SEXAGESIMAL, 12, ERROR, "A time of day stands in quotes.", "Write \"12:30\".")       \
    RULE(YAML_OCTAL, 13, ERROR, "A number has no leading zero.", "Write 10, not 010.")             \
    RULE(YAML_NUMBER, 14, ERROR, "Numbers are plain decimals.",                                    \
         "No hexadecimal, exponent, underscore, plus sign or infinity.")                           \
    RULE(YAML_DATE, 15, ERROR, "A date stands in quotes.", "Write \"2026-10-29\".")                \
    RULE(YAML_NULL, 16, ERROR, "A key has a value.",                                               \
         "Give the value, or leave the key out to get the default.")                               \
    RULE(FILE_BYTES, 17, ERROR, "A file is UTF-8 text without control characters.",                \
         "Save the file as UTF-8.")                                                                \
    RULE(FILE_TOO_MANY, 18, ERROR, "A file has at most 20000 values.",                             \
         "No junction needs that many: look for text that was repeated by accident.")              \
    /* What the table of the format says. */                                                       \
    RULE(KEY_UNKNOWN, 20, ERROR, "Every key is one of the format.",                                \
         "Check the spelling; docs/plan-format.md lists all keys.")                                \
    RULE(KEY_MISSING, 21, ERROR, "Required keys are given.", "Add the key.")                       \
    RULE(VALUE_SHAPE, 22, ERROR, "A value has the shape its key wants: mapping, list or scalar.",  \
         "Compare with the example in docs/plan-format.md.")                                       \
    RULE(NUMBER_BAD, 23, ERROR, "A number is digits with an optional decimal point.",              \
         "Write it without unit and without spaces: the unit is in the key.")                      \
    RULE(NUMBER_COMMA, 24, ERROR, "The decimal sign is a point.", "Write 7.5, not 7,5.")           \
    RULE(NUMBER_PRECISE, 25, ERROR, "A number is no finer than what the controller can do.",       \
         "Seconds have one decimal: the tick is 0.1 s.")                                           \
    RULE(NUMBER_RANGE, 26, ERROR, "A number lies within its range.",                               \
         "Use a value of the range named in the message.")                                         \
    RULE(WORD_UNKNOWN, 27, ERROR, "A choice is one of its words.", "Use one of the words named.")  \
    RULE(NAME_UNKNOWN, 28, ERROR, "A name that is used is defined.",                               \
         "Check the spelling, or define it.")                                                      \
    RULE(NAME_BAD, 29, ERROR, "A name is 1 to 23 letters, digits, _ or -.",                        \
         "Choose a shorter or plainer name.")                                                      \
    RULE(TOO_MANY, 30, ERROR, "Lists and tables stay within the limits of the controller.",        \
         "limits.h has the numbers: 32 groups, 16 phases, 32 stages, 64 detectors, 48 lanes.")     \
    RULE(KEY_NOT_FOR_TYPE, 31, ERROR, "A group has only the keys of its type.",                    \
         "Pedestrians have walk and clearance, all others green and yellow.")                      \
    RULE(TEXT_BAD, 32, ERROR, "A text has the form its key wants.", "See the example named.")      \
    RULE(NAME_TWICE, 33, ERROR, "A list names a thing once.", "Remove one of the two.")            \
    /* safety.yaml */                                                                              \
    RULE(MATRIX_ONE_SIDED, 34, ERROR, "If a has an intergreen to b, b has one to a.",              \
         "Add the entry; a conflict is always mutual, only the seconds may differ.")               \
    RULE(MATRIX_DIAGONAL, 35, ERROR, "A group has no intergreen to itself.",                       \
         "Remove it; min_red_s bounds how soon a group may return.")                               \
    RULE(INTERGREEN_YELLOW, 36, ERROR,                                                             \
         "An intergreen is at least the yellow of the ending group.",                              \
         "Raise the intergreen: it runs from the end of green, so yellow is inside.")              \
    RULE(INTERGREEN_PED, 37, ERROR,                                                                \
         "An intergreen is at least the clearance of ending pedestrians.",                         \
         "Raise the intergreen: people who began in walk must reach the kerb.")                    \
    RULE(PERMISSIVE_ONE_SIDED, 38, ERROR, "A permissive pair is marked permissive both ways.",     \
         "Write together: permissive in both entries or in none.")                                 \
    RULE(YELLOW_SHORT, 39, ERROR, "Yellow is at least the minimum of the profile.",                \
         "tr 3.0 s, us 2.7 s; bench is for published comparisons only.")                           \
    RULE(YELLOW_SPEED, 40, ERROR,                                                                  \
         "Yellow fits the approach: 3 s to 50 km/h, 4 s to 60, 5 s above.",                        \
         "Raise the yellow, or the speed in lanes.yaml is wrong.")                                 \
    RULE(GREEN_SHORT, 41, ERROR, "Minimum green or walk is at least the minimum of the profile.",  \
         "tr: vehicles and cycles 5.0 s, walk 4.0 s.")                                             \
    RULE(PED_CLEAR_SHORT, 42, ERROR,                                                               \
         "Clearance of a crossing is at least its length by walking speed.",                       \
         "Raise clearance_s or leave it out: it is then computed from length_m.")                  \
    RULE(PED_CLEAR_UNKNOWN, 43, ERROR, "A crossing states its length or its clearance.",           \
         "Give length_m (kerb to kerb), clearance_s, or both.")                                    \
    RULE(RED_YELLOW_RANGE, 44, ERROR, "Red-yellow is 0, or within the profile's bounds.",          \
         "tr: 0 or 1.0 to 3.0 s.")                                                                 \
    RULE(OUTPUT_TWICE, 45, ERROR, "No output drives two lamps.",                                   \
         "Two groups on one output show a conflict the day one is rewired. Use one group.")        \
    RULE(SENSED_TWICE, 46, ERROR, "No read-back point senses two lamps.", "Correct the wiring.")   \
    RULE(LAMP_MISSING, 47, ERROR, "A group has the lamps that its aspects need.",                  \
         "All need red and green; a group with yellow or red-yellow time needs a yellow lamp.")    \
    RULE(PHASE_NUMBER_TWICE, 48, ERROR,                                                            \
         "Phase numbers are unique among vehicles, and among pedestrians.",                        \
         "Give each group a number of its own: the log speaks in these numbers.")                  \
    RULE(STARTUP_ALL_RED, 49, ERROR,                                                               \
         "All-red of the start-up is at least the largest intergreen.",                            \
         "Raise startup: all_red_s.")                                                              \
    RULE(STARTUP_SHORT, 50, ERROR, "Start-up times are at least the minimum of the profile.",      \
         "tr: flash 3.0 s and yellow 3.0 s.")                                                      \
    RULE(PREEMPT_GREEN, 51, ERROR, "A preemption minimum is not above the normal minimum.",        \
         "Lower preempt_min_green_s or leave it out.")                                             \
    RULE(FLASH_LAMP, 53, ERROR, "A group can show its flash aspect.",                              \
         "Pedestrians are dark in flash; flash needs the lamp it flashes.")                        \
    RULE(RED_YELLOW_LATE, 55, WARNING, "Red-yellow fits into the intergreen after the yellow.",    \
         "Else green comes later than the matrix says, because red-yellow waits for red.")         \
    /* lanes.yaml */                                                                               \
    RULE(DETECTOR_NUMBER_TWICE, 60, ERROR,                                                         \
         "Detector numbers are unique, buttons apart from others.",                                \
         "Give each its own: the log speaks in these numbers.")                                    \
    RULE(DETECTOR_IDLE, 61, ERROR, "A detector that calls or extends names the groups.",           \
         "Add groups, or take calls and extends out of roles.")                                    \
    RULE(BUTTON_GROUP, 62, ERROR, "A push button calls pedestrian or cycle groups only.",          \
         "Correct groups or type.")                                                                \
    RULE(IGNORED_UNSERVED, 63, ERROR,                                                              \
         "A detector may be ignored on failure only if something else serves its groups.",         \
         "Choose on_failure: called, or add a recall or a second detector.")                       \
    RULE(DETECTOR_DISTANCE, 64, ERROR, "A detector lies on its lane.",                             \
         "distance_m ends at the lane's length_m; beyond it a detector may count, no more.")       \
    RULE(SWITCH_OWN, 65, ERROR, "A detector switches to groups other than its own.",               \
         "Take its own groups out of switch_to.")                                                  \
    RULE(LANE_IDLE, 66, ERROR, "Every lane has a movement.", "Add one, or remove the lane.")       \
    RULE(SHARES, 67, ERROR, "Shares of a lane's movements make 100 percent.",                      \
         "Correct share_pct.")                                                                     \
    RULE(YIELD_NOT_PERMISSIVE, 68, ERROR,                                                          \
         "Traffic yields only where the pair is permissive or without entry.",                     \
         "Mark the pair together: permissive in safety.yaml, or take the foe out of yields_to.")   \
    RULE(PERMISSIVE_UNUSED, 69, WARNING, "A permissive pair has a movement that yields.",          \
         "Say yields_to in lanes.yaml, or the optimiser takes the pair for free of conflict.")     \
    RULE(MOVEMENT_GROUP, 70, ERROR, "A lane moves on vehicle, arrow, bus, tram or cycle groups.",  \
         "Pedestrians do not open lanes.")                                                         \
    RULE(DETECTOR_UNUSED_TIME, 71, WARNING, "A detector's times belong to its roles.",             \
         "delay_s needs the role calls, extend_s the role extends.")                               \
    RULE(GROUP_NO_LANE, 72, WARNING, "A vehicle group lets a movement go.",                        \
         "Add its lane and movement: else its speed is unknown and the optimiser is blind to it.") \
    RULE(GROUP_NO_DEMAND, 73, ERROR,                                                               \
         "In actuated plans a group on demand has a detector or recall.",                          \
         "Else it never opens: add a detector with the role calls.")                               \
    /* plan.yaml */                                                                                \
    RULE(STAGES_OR_PHASES, 80, ERROR, "A plan has stages, or phases and rings, and not both.",     \
         "Choose one way to sequence.")                                                            \
    RULE(STAGE_CONFLICT, 81, ERROR, "No stage opens two conflicting groups.",                      \
         "Take one out, or correct the matrix.")                                                   \
    RULE(STAGE_NEXT, 82, ERROR, "A stage has a next stage, and it is not itself.",                 \
         "Correct next.")                                                                          \
    RULE(STAGE_TWICE, 83, ERROR, "A group is in groups or in on_demand of a stage, not in both.",  \
         "on_demand opens it only when called.")                                                   \
    RULE(GROUP_NEVER, 84, ERROR, "Every group opens in some stage, phase or overlap.",             \
         "Add it, or remove the group.")                                                           \
    RULE(STARTUP_FIRST, 85, ERROR, "First phases are one of each ring, of one barrier.",           \
         "Correct startup_phases.")                                                                \
    RULE(RELATION_BAD, 86, ERROR, "A relation joins two groups that may be green together.",       \
         "Correct first and then.")                                                                \
    RULE(RINGS_BAD, 87, ERROR, "Rings name every phase once, as in \"1 2 | 3 4\".",                \
         "Correct rings: phases by number, barriers as |.")                                        \
    RULE(RINGS_BARRIERS, 88, ERROR, "All rings have the same number of barriers.",                 \
         "Correct rings; a plan may change the order only inside a barrier.")                      \
    RULE(PHASES_CONFLICT, 89, ERROR, "Phases of two rings in one barrier do not conflict.",        \
         "Move one behind the barrier, or correct the matrix.")                                    \
    RULE(PHASE_NUMBER, 90, ERROR, "A phase opens a group that carries its number.",                \
         "Phase 2 needs a vehicle group with phase: 2 in safety.yaml.")                            \
    RULE(PHASE_GROUP, 91, ERROR,                                                                   \
         "A group belongs to one phase or overlap; pedestrians to pedestrians.",                   \
         "Correct groups and pedestrians of the phase.")                                           \
    RULE(PLAN_LOWERS, 92, ERROR, "No value of a plan is below the safety file.",                   \
         "Raise it; the safety file is another person's decision.")                                \
    RULE(MAX_BELOW_MIN, 94, ERROR, "A maximum is not below its minimum.", "Correct one of them.")  \
    RULE(DENSITY, 95, ERROR, "Minimum gap is at most passage, added initial at most its maximum.", \
         "Correct the volume-density values.")                                                     \
    RULE(OVERLAP_BAD, 96, ERROR, "An overlap follows phases that it may run with.",                \
         "Its groups may conflict with none of its parents.")                                      \
    RULE(PLAN_NUMBER_TWICE, 97, ERROR, "Plan numbers are unique.", "Give each plan its own.")      \
    RULE(STEPS_SUM, 98, ERROR, "Durations of the steps sum to the cycle.", "Correct one of them.") \
    RULE(STEP_SHORT, 99, ERROR, "A step is long enough for its greens, walks and changes.",        \
         "Raise the step to the value named.")                                                     \
    RULE(STEP_ORDER, 100, ERROR, "Each step leads to the next along allowed transitions.",         \
         "Add the stage to next, or change the order.")                                            \
    RULE(SPLIT_SHORT, 101, ERROR,                                                                  \
         "A split holds minimum green, or walk and clearance, yellow and red clearance.",          \
         "Raise the split to the value named.")                                                    \
    RULE(SPLITS_SUM, 102, ERROR,                                                                   \
         "Splits sum to the cycle in each ring, and alike to each barrier.",                       \
         "Correct the splits.")                                                                    \
    RULE(OFFSET_RANGE, 103, ERROR, "An offset is below the cycle.", "Take the cycle off.")         \
    RULE(COORDINATED_PHASES, 104, ERROR,                                                           \
         "Coordinated phases are one of each ring at most, of one barrier.",                       \
         "Name for example [2, 6].")                                                               \
    RULE(PLAN_INCOMPLETE, 105, ERROR, "A plan has what its strategy needs.",                       \
         "fixed and coordinated need a cycle and durations or splits; actuated and adaptive need " \
         "maximums.")                                                                              \
    RULE(NOT_FOR_THIS_PLAN, 106, ERROR, "A key fits the way of sequencing and the strategy.",      \
         "Stage plans have steps; ring plans have splits and rings.")                              \
    RULE(RED_TOO_LONG, 107, ERROR, "A cycle keeps every group within its maximum red.",            \
         "Shorten the cycle, or open the group twice.")                                            \
    /* Schedule */                                                                                 \
    RULE(DAY_START, 110, ERROR, "A day begins at 00:00.",                                          \
         "Add \"00:00\": the schedule must cover every moment.")                                   \
    RULE(DATE_BAD, 111, ERROR, "Dates exist.",                                                     \
         "Write \"2026-10-29\", or \"10-29\" for every year.")                                     \
    RULE(YEAR_COVER, 112, ERROR, "Seasons cover every day of the year.",                           \
         "Add a season without gap, or leave seasons out if there is one week only.")              \
    RULE(ONE_OFF_ORDER, 113, ERROR, "A one-off ends after it begins.", "Correct until.")           \
    RULE(UNUSED, 114, WARNING, "What is defined is used.", "Use it or remove it.")                 \
    RULE(FALLBACK_PLAN, 115, ERROR, "The fallback plan is fixed.",                                 \
         "When detectors fail only a plan with durations can run.")                                \
    RULE(ZONE_UNKNOWN, 116, ERROR, "The time zone is a name of the tz database.",                  \
         "For Türkiye: Europe/Istanbul.")                                                          \
    RULE(NODE_NAME, 117, ERROR,                                                                    \
         "The node is city/junction, without dots, and ends with the junction's name.",            \
         "Write for example balikesir/saat-kulesi.")                                               \
    /* site.yaml */                                                                                \
    RULE(CABINET_LINK, 120, ERROR, "Exactly one link has the duty cabinet.", "Correct duty.")      \
    RULE(LINK_INCOMPLETE, 121, ERROR,                                                              \
         "A TCP link has a host, an RTU link a device and a baud rate.",                           \
         "Add what is missing; take out what belongs to the other kind.")                          \
    RULE(HOST_NOT_NUMERIC, 122, ERROR, "A device is named by its address.",                        \
         "Write the IP address: lamps must not depend on a name server.")                          \
    RULE(HOST_PUBLIC, 123, ERROR, "A Modbus device has no public address.",                        \
         "Modbus has no password: use a private network, or insecure_ok: true in your name.")      \
    RULE(BAUD_LOW, 124, ERROR, "A lamp link runs at 38400 baud or more.",                          \
         "Slower lines cannot carry a frame in each tick; they may carry detectors.")              \
    RULE(UNSIGNED, 125, ERROR, "A real cabinet runs a signed safety file only.",                   \
         "Sign safety.yaml; unsigned files are for the simulator and loopback.")                   \
    RULE(BENCH_ON_STREET, 126, ERROR, "The profile bench never drives a real cabinet.",            \
         "It is not street-legal: use tr or us.")                                                  \
    RULE(NO_SOURCE, 127, ERROR, "A detector has a source.",                                        \
         "Add it to inputs, points or cameras in site.yaml.")                                      \
    RULE(SOURCE_UNKNOWN, 128, ERROR, "A source belongs to a detector of lanes.yaml.",              \
         "Check the spelling, or remove the source.")                                              \
    RULE(TWO_SOURCES, 129, ERROR, "A detector has one source.",                                    \
         "Keep one of inputs, points and cameras.")                                                \
    RULE(INPUT_TWICE, 130, ERROR, "An input of the cabinet feeds one detector.",                   \
         "Correct the wiring.")                                                                    \
    RULE(POINT_TWICE, 131, ERROR, "A point of a device is used once.", "Correct the addresses.")   \
    RULE(POINT_FORM, 132, ERROR, "A point's keys fit its area.",                                   \
         "bit is for registers, words for counters; a base-1 address is not 0.")                   \
    RULE(LINK_TIMES, 133, ERROR, "A link answers within its poll and is not stale before it.",     \
         "timeout_s at most poll_s, stale_s above poll_s.")                                        \
    RULE(CAMERA_TYPE, 134, ERROR,                                                                  \
         "Cameras feed camera detectors, and camera detectors have cameras.",                      \
         "Correct type in lanes.yaml or the source in site.yaml.")                                 \
    RULE(SIGNATURE_BAD, 136, ERROR, "A signature that is there is good.",                          \
         "The safety file was changed after it was signed, or by an unknown key.")                 \
    RULE(TOPIC_BAD, 137, ERROR, "A camera topic names one topic.", "No wildcards (+ and #).")      \
    RULE(ENDPOINT_TWICE, 138, ERROR, "Two links do not reach the same device.",                    \
         "Merge them, or correct host, port and unit.")                                            \
    /* What the prover finds by playing the plan (docs/proof-of-plans.md). */                      \
    RULE(PROOF_RELATION_CYCLE, 141, ERROR, "Relations do not wait for each other in a circle.",    \
         "Remove one relation of the circle.")                                                     \
    RULE(PROOF_RELATION_IDLE, 142, WARNING, "Groups of a relation are open together somewhere.",   \
         "Remove the relation, or correct the stages.")                                            \
    RULE(PROOF_FOLLOW_ON, 143, ERROR,                                                              \
         "Who opens the first group of a follow-on opens the second.",                             \
         "Add the second group, or remove the follow-on.")                                         \
    RULE(PROOF_UNREACHABLE, 144, ERROR, "Every stage can be reached from every other.",            \
         "Correct next: a stage without a way out is a trap.")                                     \
    RULE(PROOF_STUCK, 145, ERROR, "Every change of stage comes to its end.",                       \
         "See the counterexample: what waits for what?")                                           \
    RULE(PROOF_STARVED, 146, ERROR, "Every group that is wanted opens in each timing plan.",       \
         "Add its stage, or lengthen the step.")                                                   \
    RULE(PROOF_NEVER_GREEN, 147, ERROR,                                                            \
         "A step or split is not over before its groups are green.",                               \
         "Lengthen it by what the message says.")                                                  \
    RULE(PROOF_MIN_CUT, 148, ERROR, "A step or split leaves each group its minimum.",              \
         "Lengthen it by what the message says.")                                                  \
    RULE(PROOF_FAILED, 149, ERROR, "The plan can be proved within the bounds of the prover.",      \
         "Make it simpler: fewer rings, phases or steps.")                                         \
    /* lanes.yaml, what came later. */                                                             \
    RULE(EXIT_DETECTOR, 150, ERROR, "The detector of an exit has the role exit.",                  \
         "Add exit to its roles, or name the detector behind the junction.")

#define RULE_NUMBER(name, number, level, demand, cure) RULE_##name = (number),
enum rule { RULES(RULE_NUMBER) RULE_NUMBER_MAX = 999 };
#undef RULE_NUMBER

struct rule_text {
    int32_t rule;
    int32_t level; /* enum diag_level */
    const char *name;
    const char *demand; /* a sentence that is true of every accepted junction */
    const char *cure;
};

/* The table in the order of its numbers; *count rules. */
const struct rule_text *rules_all(size_t *count);
/* NULL for numbers that no rule has. */
const struct rule_text *rules_find(int32_t rule);

/* A finding under a rule, with the rule's own level. */
void diag_rule(struct diag *d, int32_t rule, struct diag_at at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
