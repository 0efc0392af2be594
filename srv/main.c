/*
 * haild: greet every connection, each from a process of its own.
 *
 * The chapters: options.c what the user wants; listen.c the sockets;
 * parent.c the process that serves, with intake.c where its connections come
 * from (acceptor.c), entrance.c which of them come in (admission.c),
 * children.c who serves them (session.c), ledger.c what became of them.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/confinement.h"
#include "haild/descriptors.h"
#include "haild/files.h"
#include "haild/parent.h"
#include "haild/pid_file.h"
#include "haild/signals.h"

/*
 * nsswitch.conf may name services that live in shared libraries (systemd,
 * resolve, mdns): loaded into a static program they crash it.
 */
static void
keep_to_built_in_name_services(void)
{
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("hosts", "files dns");
	__nss_configure_lookup("services", "files");
}

static int
listen_as_asked(const struct haild_options *options,
    struct listeners *listeners, struct reason *why)
{
	struct address_list addresses;

	if (address_resolve(options->host, options->port, ADDRESS_LISTEN,
		&addresses, why) == -1)
		return -1;
	privilege_raise_limits();
	return listeners_open(
	    listeners, &addresses, options->backlog, options->burst, why);
}

/* One line for each address: those who wait for it may connect now. */
static void
announce(struct parent *parent)
{
	const struct listeners *listeners = &parent->intake.listeners;
	char name[ADDRESS_STRLEN];
	size_t i;

	for (i = 0; i < listeners->addresses.count; i++)
		log_line(&parent->out,
		    "listening on %s (backlog %u, burst %u, %u socket%s)",
		    address_format(&listeners->addresses.at[i], name),
		    listeners->backlog, listeners->burst, listeners->each,
		    listeners->each == 1 ? "" : "s");
	log_flush(&parent->out);
}

int
main(int argc, char *argv[])
{
	struct parent *parent;
	struct listeners listeners;
	struct identity identity;
	struct pid_file pid_file = {.keeper = 0};
	struct reason why;
	int status;

	setproctitle_init(argc, argv, environ);
	keep_to_built_in_name_services();
	if (descriptors_fill_standard() == -1 ||
	    (parent = parent_new()) == NULL)
		err(EX_OSERR, NULL);

	status = haild_options_parse(&parent->options, argc, argv, &why);
	if (status == HAILD_DONE)
		return 0;
	if (status == -1 || files_read(parent, &why) == -1 ||
	    privilege_find(&identity, parent->options.user, &why) == -1)
		errx(why.status, "%s", why.text);

	/* Not before: a file may be called /dev/fd/63. */
	descriptors_close_inherited();
	signals_block();
	if (confinement_begin(parent, &why) == -1 ||
	    pid_file_hold(&pid_file, parent->options.pid_file, parent->filters,
		&why) == -1 ||
	    listen_as_asked(&parent->options, &listeners, &why) == -1 ||
	    parent_open(parent, &listeners, &identity, &why) == -1 ||
	    confinement_of_calls(parent, &identity, &why) == -1) {
		pid_file_release(&pid_file);
		errx(why.status, "%s", why.text);
	}

	announce(parent);
	status = parent_serve(parent);
	pid_file_release(&pid_file);
	/* Closed when the acceptor had them; the list of numbers is left. */
	free(listeners.sockets);
	return status;
}
