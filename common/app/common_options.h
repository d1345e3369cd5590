/* SPDX-License-Identifier: Apache-2.0 */
/* common_options.h - the options that tools share; a tool picks groups. */
#ifndef L7SCOPE_COMMON_OPTIONS_H
#define L7SCOPE_COMMON_OPTIONS_H

#include "app/option_table.h"

extern const struct option_spec options_process[];	  /* -p -c */
extern const struct option_spec options_user[];		  /* -u */
extern const struct option_spec options_user_no_letter[]; /* --uid, where -u means microseconds as in BCC */
extern const struct option_spec options_container[];	  /* --container --pod */
extern const struct option_spec options_connection[];	  /* -L -D -4 -6 --peer -r */
extern const struct option_spec options_request[];	  /* --method --host --path */
extern const struct option_spec options_exchange[];	  /* these, --status --grpc-status */
extern const struct option_spec options_record[];	  /* -t -T -w -x -H --header -j --show-secrets */
extern const struct option_spec options_open[];		  /* --open */
extern const struct option_spec options_duration[];	  /* -d */
extern const struct option_spec options_count[];	  /* -n */
extern const struct option_spec options_attach[];	  /* --headers --probes --transport */
extern const struct option_spec options_file[];		  /* --record --replay */
extern const struct option_spec options_about[];	  /* --check --ebpf --ready-fd -v -h --version */

/* All of them, for a tool that prints exchanges. */
extern const struct option_group option_groups_snoop[];

#endif
