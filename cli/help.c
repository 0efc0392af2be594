#include "hail/help.h"

void
help_print(FILE *out)
{
	fputs(
	    "usage: hail [options] [host [port]]    (localhost 9999)\n"
	    "       hail --merge A.json B.json ... | --compare OLD.json NEW.json\n"
	    "One visit shows what the server says. With -n, -d or -c a storm:\n"
	    "  -n, --connections N  how many    -c, --concurrency N  at once (64)\n"
	    "  -d, --duration T     how long    -r, --rate N         a second, evenly\n"
	    "  -j, --jobs N         processes (one for each processor)\n"
	    "  --source ADDR,...    connect from these addresses in turn\n"
	    "  --half-close         send the FIN right after connecting\n"
	    "  -t, --timeout T      for one connection in all (5s); within it\n"
	    "  --connect-timeout T  --first-byte-timeout T\n"
	    "What must come, byte for byte (a storm's default: haild's greeting):\n"
	    "  -e, --expect TEXT    with escapes: \\r \\n \\t \\0 \\xhh \\\\\n"
	    "  --expect-file FILE   its bytes   --expect-any         one byte or more\n"
	    "The report of a storm:\n"
	    "  -o, --output FILE    as JSON     --hgrm FILE          percentiles\n"
	    "  --format text|json   on stdout   --no-color           or set NO_COLOR\n"
	    "  --fail-above WHAT=LIMIT          p99=50ms, max=1s, stranded=0 ...\n"
	    "  -q, --quiet          no progress line; a visit prints nothing\n"
	    "  -h, --help           -V, --version\n"
	    "N takes k and M, T takes us ms s m h.\n"
	    "Exit: 0 pass, 1 fail, 64 usage, 75 invalid (hail was the limit), 130 Ctrl-C\n",
	    out);
}
