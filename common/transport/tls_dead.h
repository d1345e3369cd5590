/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_dead.h - connections known by a TLS library's object (KEY_NO_SOCK of
 * bpf_src/maps.bpf.c) end when the library gives it up.  A process that is
 * killed gives up nothing, and no socket tells.
 */
#ifndef L7SCOPE_TLS_DEAD_H
#define L7SCOPE_TLS_DEAD_H

#include "wire.h"

/* Drops those whose process has ended from the connection map.  room: for a whole value of it, which begins
 * with this.  Pids must be those of the initial pid namespace. */
void tls_dead_drop(int conns, struct wire_conn *room);

#endif
