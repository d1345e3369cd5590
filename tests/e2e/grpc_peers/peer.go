// SPDX-License-Identifier: Apache-2.0

// Go's gRPC peer; what it reads and prints is told in grpc_calls.py.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const service = "l7scope.Echo"

// Messages are plain bytes.
type plain struct{}

func (plain) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }
func (plain) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (plain) Name() string { return "proto" }

type Log struct {
	Method        string `json:"method"`
	Sent          int    `json:"sent"`
	SentBytes     int    `json:"sent_bytes"`
	Received      int    `json:"received"`
	ReceivedBytes int    `json:"received_bytes"`
	Status        int    `json:"status"`
	Message       string `json:"message"`
}

var printing sync.Mutex

func (l *Log) send(message []byte) *[]byte {
	l.Sent++
	l.SentBytes += len(message)
	return &message
}

func (l *Log) receive(message []byte) {
	l.Received++
	l.ReceivedBytes += len(message)
}

func (l *Log) end(err error) error {
	s := status.Convert(err)
	l.Status, l.Message = int(s.Code()), hex.EncodeToString([]byte(s.Message()))
	line, _ := json.Marshal(l)
	printing.Lock()
	defer printing.Unlock()
	os.Stdout.Write(append(line, '\n'))
	return err
}

func number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		panic(err)
	}
	return n
}

// ---- server ----

type order struct {
	answers, code, wait int
	body                []byte
	details             string
}

func newOrder(message []byte) *order {
	words := strings.SplitN(string(message), " ", 6)
	details := ""
	if words[4] != "-" {
		raw, _ := hex.DecodeString(words[4])
		details = string(raw)
	}
	body := []byte(strings.Repeat("y", number(words[1])))
	return &order{number(words[0]), number(words[2]), number(words[3]), body, details}
}

func (o *order) finish(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return status.Error(codes.Canceled, "")
	case <-time.After(time.Duration(o.wait) * time.Millisecond):
	}
	if o.code == 0 {
		return nil
	}
	return status.Error(codes.Code(o.code), o.details)
}

func unary(_ interface{}, ctx context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
	var request []byte
	l := &Log{Method: "/" + service + "/Unary"}
	if err := decode(&request); err != nil {
		return nil, err
	}
	head, trailers := numberOf(ctx)
	grpc.SetHeader(ctx, head)
	grpc.SetTrailer(ctx, trailers)
	l.receive(request)
	o := newOrder(request)
	if err := o.finish(ctx); err != nil {
		return nil, l.end(err)
	}
	answer := l.send(o.body)
	return answer, l.end(nil)
}

func stream(name string, s grpc.ServerStream) error {
	l := &Log{Method: "/" + service + "/" + name}
	var o *order
	head, trailers := numberOf(s.Context())
	s.SetHeader(head)
	s.SetTrailer(trailers)
	for {
		var message []byte
		err := s.RecvMsg(&message)
		if err == io.EOF {
			break
		} else if err != nil {
			return l.end(err)
		}
		l.receive(message)
		if o == nil {
			o = newOrder(message)
		}
		if name == "Chat" && l.Sent < o.answers {
			s.SendMsg(l.send(o.body))
		}
	}
	for name == "Expand" && l.Sent < o.answers {
		s.SendMsg(l.send(o.body))
	}
	err := o.finish(s.Context())
	if name == "Collect" && err == nil {
		s.SendMsg(l.send(o.body))
	}
	return l.end(err)
}

// What the client numbered the call by comes back in the head and in the trailers.
func numberOf(ctx context.Context) (metadata.MD, metadata.MD) {
	asked, _ := metadata.FromIncomingContext(ctx)
	n := asked.Get("x-asked")
	return metadata.MD{"x-served": n}, metadata.MD{"x-ended": n}
}

var streams = []grpc.StreamDesc{
	{StreamName: "Collect", ClientStreams: true},
	{StreamName: "Expand", ServerStreams: true},
	{StreamName: "Chat", ClientStreams: true, ServerStreams: true},
}

func serve(address string) {
	desc := grpc.ServiceDesc{ServiceName: service, HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: unary}}}
	for _, one := range streams {
		name := one.StreamName
		one.Handler = func(_ interface{}, s grpc.ServerStream) error { return stream(name, s) }
		desc.Streams = append(desc.Streams, one)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	var options []grpc.ServerOption
	if len(os.Args) > 3 { // certificate, key
		secure, err := credentials.NewServerTLSFromFile(os.Args[3], os.Args[4])
		if err != nil {
			panic(err)
		}
		options = append(options, grpc.Creds(secure))
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&desc, struct{}{})
	panic(server.Serve(listener))
}

// ---- client ----

func callUnary(ctx context.Context, conn *grpc.ClientConn, l *Log, first []byte) error {
	var answer []byte
	err := conn.Invoke(ctx, l.Method, l.send(first), &answer)
	if err == nil {
		l.receive(answer)
	}
	return err
}

func callStream(ctx context.Context, conn *grpc.ClientConn, desc *grpc.StreamDesc, l *Log, messages [][]byte) error {
	s, err := conn.NewStream(ctx, desc, l.Method)
	if err != nil {
		return err
	}
	done := make(chan bool)
	go func() {
		for _, message := range messages {
			s.SendMsg(l.send(message))
		}
		s.CloseSend()
		close(done)
	}()
	for {
		var answer []byte
		if err = s.RecvMsg(&answer); err != nil {
			break
		}
		l.receive(answer)
		if !desc.ServerStreams { // its end has been read, too
			break
		}
	}
	<-done
	if err == io.EOF {
		err = nil
	}
	return err
}

// Made so far.
var calls int64

func perform(conn *grpc.ClientConn, line string) {
	words := strings.Fields(line)
	name, n, size := words[0], number(words[1]), number(words[2])
	first := strings.Join(append(append([]string{}, words[3:7]...), words[9], ""), " ")
	if len(first) < size {
		first += strings.Repeat("x", size-len(first))
	}
	messages := [][]byte{[]byte(first)}
	for len(messages) < n {
		messages = append(messages, []byte(strings.Repeat("x", size)))
	}
	asked := strconv.Itoa(int(atomic.AddInt64(&calls, 1)))
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.Background(), "x-asked", asked))
	defer cancel()
	if deadline := number(words[7]); deadline > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(deadline)*time.Millisecond)
		defer stop()
	}
	if after := number(words[8]); after > 0 {
		time.AfterFunc(time.Duration(after)*time.Millisecond, cancel)
	}
	l := &Log{Method: "/" + service + "/" + name}
	for i := range streams {
		if streams[i].StreamName == name {
			l.end(callStream(ctx, conn, &streams[i], l, messages))
			return
		}
	}
	l.end(callUnary(ctx, conn, l, messages[0]))
}

func ask(address string) {
	how := grpc.WithInsecure()
	if len(os.Args) > 3 {
		how = grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}))
	}
	conn, err := grpc.Dial(address, how)
	if err != nil {
		panic(err)
	}
	var underWay sync.WaitGroup
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "& ") {
			underWay.Add(1)
			go func() {
				perform(conn, line[2:])
				underWay.Done()
			}()
		} else {
			perform(conn, line)
		}
	}
	underWay.Wait()
	conn.Close()
}

func main() {
	encoding.RegisterCodec(plain{})
	address := "127.0.0.1:" + os.Args[2]
	if os.Args[1] == "server" {
		serve(address)
	} else {
		ask(address)
	}
}
