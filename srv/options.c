#include "haild/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "address.h"
#include "duration.h"
#include "greeting.h"

#define DAY (24 * 3600 * NS_PER_S)

static const char usage[] =
    "usage: haild [options] [host [port]]\n"
    "Greet every connection to host (localhost) at port (9999; 0: a free one).\n"
    "\n"
    "  -m, --message TEXT       the greeting, with escapes such as \\r\\n\n"
    "  -f, --message-file FILE  the greeting, byte for byte; read again on SIGHUP\n"
    "  -b, --backlog N          listen backlog of each socket (5)\n"
    "  -B, --burst N            how many may connect at one instant (1024)\n"
    "  -c, --max-children N     live children at once (512); more wait their turn\n"
    "  -Q, --max-queued N       connections that may wait (from RLIMIT_NOFILE)\n"
    "  -t, --timeout T          for a connection to be greeted (10s)\n"
    "  -l, --linger T           for the client to close after that (2s; 0: none)\n"
    "  -u, --user NAME          whom to serve as when started by root (nobody)\n"
    "      --chroot DIR         see no file outside DIR (root: an empty one)\n"
    "      --no-sandbox         neither that nor system call filters: for debugging\n"
    "  -P, --pid-file FILE      hold FILE, with the process id, while serving\n"
    "  -q, --quiet              no line for each connection\n"
    "  -v, --verbose            a line for each end of a connection, too\n"
    "  -h, --help               this; -V, --version: the version\n"
    "Who may connect: --allow RANGE, --deny RANGE (10.0.0.0/8), --rules FILE\n"
    "How many: --per-source N, --rate-per-source N/s, --max-rate N/s; what becomes\n"
    "  of those over it: --overload wait|refuse, --busy-message TEXT\n"
    "\n"
    "T is a number with ms, s or m. Signals: TERM, INT stop gracefully (twice: at\n"
    "once), HUP reads the files again, USR1 prints the books. See haild(8).\n";

/* Options that have no letter; those of limits.h begin behind them. */
enum { CHROOT = 900, NO_SANDBOX };

static const char letters[] = ":b:B:c:f:hl:m:P:qQ:t:u:vV";

static const struct option words[] = {
    {"allow", required_argument, NULL, LIMITS_ALLOW},
    {"backlog", required_argument, NULL, 'b'},
    {"burst", required_argument, NULL, 'B'},
    {"busy-message", required_argument, NULL, LIMITS_BUSY_MESSAGE},
    {"chroot", required_argument, NULL, CHROOT},
    {"deny", required_argument, NULL, LIMITS_DENY},
    {"help", no_argument, NULL, 'h'},
    {"linger", required_argument, NULL, 'l'},
    {"max-children", required_argument, NULL, 'c'},
    {"max-queued", required_argument, NULL, 'Q'},
    {"max-rate", required_argument, NULL, LIMITS_MAX_RATE},
    {"message", required_argument, NULL, 'm'},
    {"message-file", required_argument, NULL, 'f'},
    {"no-sandbox", no_argument, NULL, NO_SANDBOX},
    {"overload", required_argument, NULL, LIMITS_OVERLOAD},
    {"per-source", required_argument, NULL, LIMITS_PER_SOURCE},
    {"pid-file", required_argument, NULL, 'P'},
    {"quiet", no_argument, NULL, 'q'},
    {"rate-per-source", required_argument, NULL, LIMITS_RATE_PER_SOURCE},
    {"rules", required_argument, NULL, LIMITS_RULES},
    {"timeout", required_argument, NULL, 't'},
    {"user", required_argument, NULL, 'u'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int
parse_number(int letter, const char *text, unsigned min, unsigned max,
    unsigned *number, struct reason *why)
{
	const char *wrong;

	*number = (unsigned)strtonum(text, min, max, &wrong);
	if (wrong != NULL)
		return reason_set(why, EX_USAGE, "-%c %s: %s (%u to %u)",
		    letter, text, wrong, min, max);
	return 0;
}

static int
parse_duration(
    int letter, const char *text, int64_t min, int64_t *ns, struct reason *why)
{
	struct reason inner;

	if (duration_parse(text, min, DAY, ns, &inner) == -1)
		return reason_set(
		    why, inner.status, "-%c %s", letter, inner.text);
	return 0;
}

/* One option with its value; 0, a wish to be done, or -1 with a reason. */
static int
parse_option(
    struct haild_options *options, int letter, char *value, struct reason *why)
{
	if (letter >= LIMITS_ALLOW)
		return limits_parse(
		    &options->limits, (enum limits_option)letter, value, why);
	switch (letter) {
	case 'b':
		return parse_number(
		    'b', value, 0, 65535, &options->backlog, why);
	case 'B':
		return parse_number(
		    'B', value, 1, 1000000, &options->burst, why);
	case 'c':
		return parse_number(
		    'c', value, 1, 1000000, &options->max_children, why);
	case 'f':
		options->message_file = value;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return HAILD_DONE;
	case 'l':
		return parse_duration('l', value, 0, &options->linger, why);
	case 'm':
		options->message = value;
		return 0;
	case 'P':
		options->pid_file = value;
		return 0;
	case 'q':
		options->verbosity = -1;
		return 0;
	case 'Q':
		return parse_number(
		    'Q', value, 1, 1000000, &options->max_queued, why);
	case 't':
		return parse_duration(
		    't', value, NS_PER_MS, &options->timeout, why);
	case 'u':
		options->user = value;
		return 0;
	case 'v':
		options->verbosity = 1;
		return 0;
	case CHROOT:
		options->directory = value;
		return 0;
	case NO_SANDBOX:
		options->no_sandbox = true;
		return 0;
	default:
		puts("haild " HAIL_VERSION);
		return HAILD_DONE;
	}
}

/* Is it an option? Then what getopt_long(3) refused was a value for it. */
static bool
is_option(int letter)
{
	const struct option *word;

	for (word = words; word->name != NULL; word++)
		if (word->val == letter)
			return true;
	return false;
}

static int
complain(int what, char *argv[], struct reason *why)
{
	const char *word = argv[optind - 1];

	/* A letter among others ("-qb") is not the whole word. */
	if (what == ':')
		return word[1] == '-'
		    ? reason_set(why, EX_USAGE, "%s: needs a value", word)
		    : reason_set(why, EX_USAGE, "-%c: needs a value", optopt);
	/* Nor has it come past the word if others follow ("-xq"). */
	if (optopt != 0 && !is_option(optopt))
		return reason_set(why, EX_USAGE,
		    "-%c: unknown option (haild --help lists them)", optopt);
	return reason_set(why, EX_USAGE, "%s: %s (haild --help lists them)",
	    word,
	    optopt != 0 ? "takes no value" : "unknown or ambiguous option");
}

int
haild_options_parse(
    struct haild_options *options, int argc, char *argv[], struct reason *why)
{
	int letter, result;

	*options = (struct haild_options){
	    .backlog = 5,
	    .burst = 1024,
	    .max_children = 512,
	    .timeout = 10 * NS_PER_S,
	    .linger = 2 * NS_PER_S,
	};
	opterr = 0;
	optind = 0; /* glibc: begin anew, for tests that parse many times */
	while ((letter = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (letter == '?' || letter == ':')
			return complain(letter, argv, why);
		result = parse_option(options, letter, optarg, why);
		if (result != 0)
			return result;
	}
	if (options->message != NULL && options->message_file != NULL)
		return reason_set(
		    why, EX_USAGE, "-m and -f: give one greeting, not two");
	if (options->message == NULL && options->message_file == NULL)
		options->message = GREETING_DEFAULT;
	if (argc - optind > 2)
		return reason_set(why, EX_USAGE,
		    "%s: too many words (say haild [options] [host [port]])",
		    argv[optind + 2]);
	return address_split(optind < argc ? argv[optind] : NULL,
	    optind + 1 < argc ? argv[optind + 1] : NULL, &options->host,
	    &options->port, why);
}
