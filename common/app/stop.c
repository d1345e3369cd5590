/* SPDX-License-Identifier: Apache-2.0 */
#include "app/stop.h"

#include <stddef.h>

volatile sig_atomic_t stop_requested;

static void request(int number)
{
	(void)number;
	stop_requested = 1;
}

void stop_install(void)
{
	/* no SA_RESTART: a wait must end */
	struct sigaction action = {.sa_handler = request};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}
