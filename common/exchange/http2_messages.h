/* SPDX-License-Identifier: Apache-2.0 */
/* http2_messages.h - what a direction's frames say, told to the streams. */
#ifndef L7SCOPE_HTTP2_MESSAGES_H
#define L7SCOPE_HTTP2_MESSAGES_H

#include "exchange/messages.h"
#include "http/http2_frames.h"

/* What the frames brought. */
void http2_messages_take(struct step *s, const struct http2_output *out);
/* The direction's place is lost. */
void http2_messages_lost(struct step *s);

#endif
