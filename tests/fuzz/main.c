#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fuzz.h"

/* What libFuzzer calls: the target whose name this program goes by. */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static fuzz_target *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr(**argv, '/');
	const char *name = slash != NULL ? slash + 1 : **argv;

	(void)argc;
	target = fuzz_find(name);
	if (target == NULL)
		errx(EX_USAGE, "no target is called %s", name);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	target(bytes, length);
	return 0;
}
