// SPDX-License-Identifier: Apache-2.0

// A server and a client of net/http's, over TLS or plain:
//
//	https server PORT [CERTIFICATE KEY]
//	https client http|https PORT 1.1|2
//
// The client reads "METHOD PATH LENGTH" lines, "& " before it: the next is asked at once, too.  Both print a line of JSON
// for each exchange.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"sync"
)

type told struct {
	LocalPort  int    `json:"lport,omitempty"`
	RemotePort int    `json:"rport,omitempty"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	Host       string `json:"host"`
	Status     int    `json:"status"`
	Version    string `json:"version"`
	Sent       int64  `json:"sent"`
	Received   int64  `json:"received"`
}

// What xnet.go, compiled together with this file, replaces net/http's HTTP/2 by.
var (
	configure    = func(*http.Server) error { return nil }
	roundTripper func(*tls.Config) http.RoundTripper
)

var printing sync.Mutex

func (t *told) print() {
	line, _ := json.Marshal(t)
	printing.Lock()
	defer printing.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func version(major int) string {
	if major == 2 {
		return "2"
	}
	return "1.1"
}

func portOf(address string) int {
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return n
}

// ?bytes=N&status=N: so it answers; paths that begin with /missing are not found.
func answer(w http.ResponseWriter, r *http.Request) {
	received, _ := io.Copy(io.Discard, r.Body)
	size, status := 6, 200
	if n, err := strconv.Atoi(r.URL.Query().Get("bytes")); err == nil {
		size = n
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("status")); err == nil {
		status = n
	} else if strings.HasPrefix(r.URL.Path, "/missing") {
		status = 404
	}
	w.Header().Set("Content-Length", strconv.Itoa(size))
	w.Header().Set("X-Served", r.URL.RequestURI())
	w.WriteHeader(status)
	sent, _ := io.WriteString(w, strings.Repeat("y", size))
	(&told{RemotePort: portOf(r.RemoteAddr), Method: r.Method, Path: r.URL.RequestURI(), Host: r.Host, Status: status,
		Version: version(r.ProtoMajor), Sent: int64(sent), Received: received}).print()
}

func serve(address string, files []string) error {
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(answer)}
	if err := configure(server); err != nil {
		return err
	}
	if len(files) == 2 {
		return server.ListenAndServeTLS(files[0], files[1])
	}
	return server.ListenAndServe()
}

func ask(client *http.Client, base, line string) {
	words := strings.Fields(line)
	length, _ := strconv.Atoi(words[2])
	var body io.Reader
	if length > 0 {
		body = strings.NewReader(strings.Repeat("b", length))
	}
	request, err := http.NewRequest(words[0], base+words[1], body)
	if err != nil {
		panic(err)
	}
	request.Header.Set("X-Asked", words[1])
	t := &told{Method: words[0], Path: words[1], Host: request.Host, Sent: int64(length)}
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		t.LocalPort = portOf(c.Conn.LocalAddr().String())
	}}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if err != nil {
		panic(err)
	}
	t.Received, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	t.Status, t.Version = response.StatusCode, version(response.ProtoMajor)
	t.print()
}

func main() {
	if os.Args[1] == "server" {
		panic(serve("127.0.0.1:"+os.Args[2], os.Args[3:]))
	}
	config := &tls.Config{InsecureSkipVerify: true}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: os.Args[4] == "2", MaxIdleConnsPerHost: 50}
	client, base := &http.Client{Transport: transport}, os.Args[2]+"://127.0.0.1:"+os.Args[3]
	if roundTripper != nil {
		client.Transport = roundTripper(config)
	}
	var underWay sync.WaitGroup
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "& ") {
			underWay.Add(1)
			go func() {
				ask(client, base, line[2:])
				underWay.Done()
			}()
		} else {
			ask(client, base, line)
		}
	}
	underWay.Wait()
}
