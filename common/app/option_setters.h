/* SPDX-License-Identifier: Apache-2.0 */
/* option_setters.h - one function per option that takes a value; rows of the tables name them. */
#ifndef L7SCOPE_OPTION_SETTERS_H
#define L7SCOPE_OPTION_SETTERS_H

#include "app/option_table.h"

option_set_fn option_set_pid, option_set_comm, option_set_uid, option_set_container, option_set_pod;
option_set_fn option_set_lport, option_set_rport, option_set_peer, option_set_role;
option_set_fn option_set_min_ms, option_set_method, option_set_host, option_set_path, option_set_status,
	option_set_grpc_status;
option_set_fn option_set_header, option_set_open, option_set_duration, option_set_count, option_set_interval,
	option_set_intervals;
option_set_fn option_set_headers, option_set_probes, option_set_transport;
option_set_fn option_set_record, option_set_replay, option_set_ready_fd;

#endif
