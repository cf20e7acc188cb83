#include "link_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_FIRST = 256,
    OPTION_SOCKET = OPTION_FIRST,
    OPTION_BROKER,
    OPTION_PORT,
    OPTION_MQTT,
    OPTION_USER,
    OPTION_PASSWORD,
    OPTION_CA,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_TLS,
    OPTION_PAYLOAD,
    OPTION_STATE,
    OPTION_DOTS,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_END
};

const char link_options_help[] =
    "usage: kavsak-link [options] DIRECTORY...\n"
    "\n"
    "Brings the junctions of a running kavsakd to an MQTT broker (RSMP 4 draft) and the broker's\n"
    "cameras to kavsakd, until SIGTERM. kavsak-link(8) tells the whole story.\n"
    "\n"
    "  --socket PATH         of kavsakd (default /run/kavsak/kavsakd.sock)\n"
    "  --broker HOST         instead of the one in site.yaml; best an address\n"
    "  --port N              instead of the one in site.yaml\n"
    "  --mqtt 5|3            5 with fallback to 3.1.1 (default), or 3.1.1 at once\n"
    "  --user NAME           at the broker\n"
    "  --password-file FILE  its first line is the password\n"
    "  --ca FILE             TLS: certificates of those we trust; a broker that is not on this\n"
    "                        machine needs it\n"
    "  --cert FILE --key FILE  TLS: our own\n"
    "  --tls 1.3|1.2         the oldest TLS that is spoken (default 1.3)\n"
    "  --payload json|cbor   form of what is published (default json); both are understood\n"
    "  --state DIR           keep here what must outlive a restart (delivered events, alarms)\n"
    "  --underscores         write '_' for '.' in codes, for brokers that refuse dots\n"
    "  --help, --version\n"
    "\n"
    "exit status: 0 stopped in order, 1 a directory has errors, 2 wrong usage,\n"
    "3 a file or resource is missing, 4 a directory was refused for safety\n";

static const struct option option_table[] = {
    { "socket", required_argument, NULL, OPTION_SOCKET },
    { "broker", required_argument, NULL, OPTION_BROKER },
    { "port", required_argument, NULL, OPTION_PORT },
    { "mqtt", required_argument, NULL, OPTION_MQTT },
    { "user", required_argument, NULL, OPTION_USER },
    { "password-file", required_argument, NULL, OPTION_PASSWORD },
    { "ca", required_argument, NULL, OPTION_CA },
    { "cert", required_argument, NULL, OPTION_CERT },
    { "key", required_argument, NULL, OPTION_KEY },
    { "tls", required_argument, NULL, OPTION_TLS },
    { "payload", required_argument, NULL, OPTION_PAYLOAD },
    { "state", required_argument, NULL, OPTION_STATE },
    { "underscores", no_argument, NULL, OPTION_DOTS },
    { "help", no_argument, NULL, OPTION_HELP },
    { "version", no_argument, NULL, OPTION_VERSION },
    { NULL, 0, NULL, 0 },
};

static bool wrong(char text[LINK_OPTIONS_TEXT_BYTES], const char *format, const char *what)
{
    /* Formats are this file's own, each with one %s. */
    const char *place = strstr(format, "%s");
    const size_t before = place != NULL ? (size_t)(place - format) : strlen(format);
    (void)snprintf(text, LINK_OPTIONS_TEXT_BYTES, "%.*s%.150s%s", (int)before, format,
                   place != NULL ? what : "", place != NULL ? place + 2 : "");
    return false;
}

static bool take_port(struct link_options *o, char text[LINK_OPTIONS_TEXT_BYTES])
{
    char *end = NULL;
    const long value = strtol(optarg, &end, 10);
    if (optarg[0] == '\0' || *end != '\0' || value < 1 || value > 65535) {
        return wrong(text, "--port must be a number from 1 to 65535, not '%s'", optarg);
    }
    o->port = (int32_t)value;
    return true;
}

static bool take_version(struct link_options *o, char text[LINK_OPTIONS_TEXT_BYTES])
{
    if (strcmp(optarg, "5") != 0 && strcmp(optarg, "3") != 0) {
        return wrong(text, "--mqtt must be 5 or 3, not '%s'", optarg);
    }
    o->version = optarg[0] - '0';
    return true;
}

static bool take_tls(struct link_options *o, char text[LINK_OPTIONS_TEXT_BYTES])
{
    if (strcmp(optarg, "1.3") != 0 && strcmp(optarg, "1.2") != 0) {
        return wrong(text, "--tls must be 1.3 or 1.2, not '%s'", optarg);
    }
    o->may_be_tls_1_2 = optarg[2] == '2';
    return true;
}

static bool take_payload(struct link_options *o, char text[LINK_OPTIONS_TEXT_BYTES])
{
    if (strcmp(optarg, "json") != 0 && strcmp(optarg, "cbor") != 0) {
        return wrong(text, "--payload must be json or cbor, not '%s'", optarg);
    }
    o->is_cbor = optarg[0] == 'c';
    return true;
}

/* Once each: of two brokers one would be silently ignored. */
static bool take_option(struct link_options *o, int option, uint32_t *seen,
                        char text[LINK_OPTIONS_TEXT_BYTES])
{
    const char **place[OPTION_END - OPTION_FIRST] = {
        [OPTION_SOCKET - OPTION_FIRST] = &o->socket_path,
        [OPTION_BROKER - OPTION_FIRST] = &o->broker,
        [OPTION_USER - OPTION_FIRST] = &o->user,
        [OPTION_PASSWORD - OPTION_FIRST] = &o->password_file,
        [OPTION_CA - OPTION_FIRST] = &o->ca,
        [OPTION_CERT - OPTION_FIRST] = &o->cert,
        [OPTION_KEY - OPTION_FIRST] = &o->key,
        [OPTION_STATE - OPTION_FIRST] = &o->state_folder,
    };
    const uint32_t ix = (uint32_t)(option - OPTION_FIRST);
    if ((*seen & bit32(ix)) != 0) {
        return wrong(text, "option --%s is given twice", option_table[ix].name);
    }
    *seen |= bit32(ix);
    if (option == OPTION_PORT) {
        return take_port(o, text);
    }
    if (option == OPTION_MQTT) {
        return take_version(o, text);
    }
    if (option == OPTION_PAYLOAD) {
        return take_payload(o, text);
    }
    if (option == OPTION_TLS) {
        return take_tls(o, text);
    }
    if (option == OPTION_DOTS) {
        o->dots = DOTS_TO_UNDERSCORES;
        return true;
    }
    if (optarg[0] == '\0') {
        return wrong(text, "option --%s needs a value", option_table[ix].name);
    }
    *place[ix] = optarg;
    return true;
}

static enum link_options_result take_rest(struct link_options *o, int argc, char **argv,
                                          char text[LINK_OPTIONS_TEXT_BYTES])
{
    bool is_good = true;
    if (optind == argc) {
        is_good = wrong(text, "no junction directory given", "");
    } else if (argc - optind > MQTT_CLIENT_MAX) {
        is_good = wrong(text, "too many junctions, at most 16", "");
    } else if ((o->cert == NULL) != (o->key == NULL)) {
        is_good = wrong(text, "--cert and --key belong together", "");
    } else if (o->cert != NULL && o->ca == NULL) {
        is_good = wrong(text, "--cert needs --ca", "");
    } else if (o->may_be_tls_1_2 && o->ca == NULL) {
        is_good = wrong(text, "--tls needs --ca", "");
    } else if ((o->user == NULL) != (o->password_file == NULL)) {
        is_good = wrong(text, "--user and --password-file belong together", "");
    }
    for (int i = optind; is_good && i < argc; i++) {
        o->dir[o->dir_count++] = argv[i];
    }
    return is_good ? LINK_OPTIONS_RUN : LINK_OPTIONS_WRONG;
}

enum link_options_result link_options_read(struct link_options *o, int argc, char **argv,
                                           char text[LINK_OPTIONS_TEXT_BYTES])
{
    uint32_t seen = 0;
    *o = (struct link_options){ .socket_path = "/run/kavsak/kavsakd.sock", .version = 5 };
    opterr = 0;
    optind = 0; /* glibc: start anew, for tests that read several command lines */
    for (int option = getopt_long(argc, argv, "", option_table, NULL); option != -1;
         option = getopt_long(argc, argv, "", option_table, NULL)) {
        if (option == OPTION_HELP) {
            return LINK_OPTIONS_HELP;
        }
        if (option == OPTION_VERSION) {
            return LINK_OPTIONS_VERSION;
        }
        if (option == '?') {
            (void)wrong(text,
                        optopt >= OPTION_SOCKET ? "option '%s' needs a value or takes none"
                                                : "unknown option '%s'",
                        argv[optind - 1]);
            return LINK_OPTIONS_WRONG;
        }
        if (!take_option(o, option, &seen, text)) {
            return LINK_OPTIONS_WRONG;
        }
    }
    return take_rest(o, argc, argv, text);
}
