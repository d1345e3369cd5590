/* SPDX-License-Identifier: Apache-2.0 */
/* require.h - what must hold whatever the input: else the fuzzer has a find. */
#ifndef L7SCOPE_TESTS_REQUIRE_H
#define L7SCOPE_TESTS_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(what)                                                                                        \
	do {                                                                                                 \
		if (!(what)) {                                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

#endif
