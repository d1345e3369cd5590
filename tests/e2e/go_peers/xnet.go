// SPDX-License-Identifier: Apache-2.0

// For https.go: HTTP/2 of golang.org/x/net itself instead of net/http's copy.
package main

import (
	"crypto/tls"
	"net/http"

	"golang.org/x/net/http2"
)

func init() {
	configure = func(server *http.Server) error { return http2.ConfigureServer(server, &http2.Server{}) }
	roundTripper = func(config *tls.Config) http.RoundTripper { return &http2.Transport{TLSClientConfig: config} }
}
