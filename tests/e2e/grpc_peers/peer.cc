// SPDX-License-Identifier: Apache-2.0
// gRPC's peer in C++; what it reads and prints is told in grpc_calls.py.  Stubs and services are made by
// hand, as protoc would, with plain bytes for messages.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/method_handler.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/impl/codegen/sync_stream.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using grpc::ByteBuffer;
using grpc::ClientContext;
using grpc::ServerContext;
using grpc::Status;
using grpc::internal::RpcMethod;

static const std::string kService = "/l7scope.Echo/";
static const char *const kNames[] = {"/l7scope.Echo/Unary", "/l7scope.Echo/Collect", "/l7scope.Echo/Expand",
				     "/l7scope.Echo/Chat"};

static ByteBuffer Bytes(const std::string &text)
{
	grpc::Slice slice(text);

	return ByteBuffer(&slice, 1);
}

static std::string Text(const ByteBuffer &bytes)
{
	std::vector<grpc::Slice> slices;
	std::string text;

	bytes.Dump(&slices);
	for (const grpc::Slice &slice : slices)
		text.append(reinterpret_cast<const char *>(slice.begin()), slice.size());
	return text;
}

static std::string Hex(const std::string &text)
{
	std::string hex;
	char digits[3];

	for (unsigned char c : text) {
		snprintf(digits, sizeof(digits), "%02x", c);
		hex += digits;
	}
	return hex;
}

static std::string Unhex(const std::string &hex)
{
	std::string text;

	for (size_t i = 0; hex != "-" && i + 1 < hex.size(); i += 2)
		text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
	return text;
}

struct Log {
	std::string name;
	uint64_t sent = 0, sent_bytes = 0, received = 0, received_bytes = 0;

	ByteBuffer Send(const std::string &message)
	{
		sent++;
		sent_bytes += message.size();
		return Bytes(message);
	}

	void Receive(const ByteBuffer &message)
	{
		received++;
		received_bytes += message.Length();
	}

	Status End(const Status &status) const
	{
		static std::mutex mutex;
		std::lock_guard<std::mutex> lock(mutex);

		printf("{\"method\":\"%s\",\"sent\":%lu,\"sent_bytes\":%lu,\"received\":%lu,\"received_"
		       "bytes\":%lu,"
		       "\"status\":%d,\"message\":\"%s\"}\n",
		       (kService + name).c_str(), sent, sent_bytes, received, received_bytes,
		       status.error_code(), Hex(status.error_message()).c_str());
		fflush(stdout);
		return status;
	}
};

// ---- server ----

struct Order {
	uint64_t answers = 0;
	std::string body;
	int code = 0, wait_ms = 0;
	std::string details;

	explicit Order(const std::string &message)
	{
		std::istringstream words(message.substr(0, 200));
		std::string hex;
		size_t size;

		words >> answers >> size >> code >> wait_ms >> hex;
		body = std::string(size, 'y');
		details = Unhex(hex);
	}

	Status Wait(ServerContext *context) const
	{
		for (int ms = 0; ms < wait_ms; ms += 5) {
			if (context->IsCancelled())
				return Status::CANCELLED;
			std::this_thread::sleep_for(std::chrono::milliseconds(5));
		}
		return Status(static_cast<grpc::StatusCode>(code), details);
	}
};

static Status AnswerOne(Log *log, const Order &order, ServerContext *context, ByteBuffer *answer)
{
	Status status = order.Wait(context);

	if (status.ok())
		*answer = log->Send(order.body);
	return log->End(status);
}

class Echo : public grpc::Service
{
      public:
	Echo()
	{
		using namespace grpc::internal;

		AddMethod(new RpcServiceMethod(
			kNames[0], RpcMethod::NORMAL_RPC,
			new RpcMethodHandler<Echo, ByteBuffer, ByteBuffer, ByteBuffer, ByteBuffer>(Unary,
												   this)));
		AddMethod(new RpcServiceMethod(
			kNames[1], RpcMethod::CLIENT_STREAMING,
			new ClientStreamingHandler<Echo, ByteBuffer, ByteBuffer>(Collect, this)));
		AddMethod(new RpcServiceMethod(
			kNames[2], RpcMethod::SERVER_STREAMING,
			new ServerStreamingHandler<Echo, ByteBuffer, ByteBuffer>(Expand, this)));
		AddMethod(new RpcServiceMethod(
			kNames[3], RpcMethod::BIDI_STREAMING,
			new BidiStreamingHandler<Echo, ByteBuffer, ByteBuffer>(Chat, this)));
	}

      private:
	static Status Unary(Echo *, ServerContext *context, const ByteBuffer *request, ByteBuffer *answer)
	{
		Log log{"Unary"};

		log.Receive(*request);
		return AnswerOne(&log, Order(Text(*request)), context, answer);
	}

	static Status Collect(Echo *, ServerContext *context, grpc::ServerReader<ByteBuffer> *reader,
			      ByteBuffer *answer)
	{
		Log log{"Collect"};
		std::string first;
		ByteBuffer message;

		while (reader->Read(&message)) {
			if (!log.received)
				first = Text(message);
			log.Receive(message);
		}
		return AnswerOne(&log, Order(first), context, answer);
	}

	static Status Expand(Echo *, ServerContext *context, const ByteBuffer *request,
			     grpc::ServerWriter<ByteBuffer> *writer)
	{
		Log log{"Expand"};
		Order order(Text(*request));

		log.Receive(*request);
		for (uint64_t i = 0; i < order.answers; i++)
			writer->Write(log.Send(order.body));
		return log.End(order.Wait(context));
	}

	static Status Chat(Echo *, ServerContext *context,
			   grpc::ServerReaderWriter<ByteBuffer, ByteBuffer> *stream)
	{
		Log log{"Chat"};
		Order order("0 0 0 0 -");
		ByteBuffer message;

		while (stream->Read(&message)) {
			if (!log.received)
				order = Order(Text(message));
			log.Receive(message);
			if (log.sent < order.answers)
				stream->Write(log.Send(order.body));
		}
		return log.End(order.Wait(context));
	}
};

static int Serve(const std::string &address)
{
	grpc::ServerBuilder builder;
	Echo echo;

	builder.AddListeningPort(address, grpc::InsecureServerCredentials());
	builder.RegisterService(&echo);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	if (!server)
		return 1;
	server->Wait();
	return 0;
}

// ---- client ----

class Call
{
      public:
	Call(std::shared_ptr<grpc::Channel> channel, const std::string &line) : channel_(channel)
	{
		std::istringstream words(line);
		std::string answers, answer_size, code, wait, message;
		int deadline_ms;

		words >> log_.name >> n_ >> size_ >> answers >> answer_size >> code >> wait >> deadline_ms >>
			cancel_ms_ >> message;
		first_ = answers + " " + answer_size + " " + code + " " + wait + " " + message + " ";
		if (first_.size() < size_)
			first_.resize(size_, 'x');
		if (deadline_ms)
			context_.set_deadline(std::chrono::system_clock::now() +
					      std::chrono::milliseconds(deadline_ms));
	}

	void Perform()
	{
		std::thread canceller;

		if (cancel_ms_)
			canceller = std::thread([this] {
				std::this_thread::sleep_for(std::chrono::milliseconds(cancel_ms_));
				context_.TryCancel();
			});
		log_.End(log_.name == "Unary"	  ? Unary()
			 : log_.name == "Collect" ? Collect()
			 : log_.name == "Expand"  ? Expand()
						  : Chat());
		if (canceller.joinable())
			canceller.join();
	}

      private:
	Status Unary()
	{
		RpcMethod method(kNames[0], RpcMethod::NORMAL_RPC, channel_);
		ByteBuffer answer;
		Status status = grpc::internal::BlockingUnaryCall<ByteBuffer, ByteBuffer>(
			channel_.get(), method, &context_, log_.Send(first_), &answer);

		if (status.ok())
			log_.Receive(answer);
		return status;
	}

	template <typename Stream> void WriteAll(Stream *stream)
	{
		stream->Write(log_.Send(first_));
		for (int i = 1; i < n_; i++)
			stream->Write(log_.Send(std::string(size_, 'x')));
		stream->WritesDone();
	}

	template <typename Stream> void ReadAll(Stream *stream)
	{
		ByteBuffer answer;

		while (stream->Read(&answer))
			log_.Receive(answer);
	}

	Status Collect()
	{
		RpcMethod method(kNames[1], RpcMethod::CLIENT_STREAMING, channel_);
		ByteBuffer answer;
		std::unique_ptr<grpc::ClientWriter<ByteBuffer>> stream(
			grpc::internal::ClientWriterFactory<ByteBuffer>::Create(channel_.get(), method,
										&context_, &answer));

		WriteAll(stream.get());
		Status status = stream->Finish();
		if (status.ok())
			log_.Receive(answer);
		return status;
	}

	Status Expand()
	{
		RpcMethod method(kNames[2], RpcMethod::SERVER_STREAMING, channel_);
		std::unique_ptr<grpc::ClientReader<ByteBuffer>> stream(
			grpc::internal::ClientReaderFactory<ByteBuffer>::Create(
				channel_.get(), method, &context_, log_.Send(first_)));

		ReadAll(stream.get());
		return stream->Finish();
	}

	Status Chat()
	{
		RpcMethod method(kNames[3], RpcMethod::BIDI_STREAMING, channel_);
		std::unique_ptr<grpc::ClientReaderWriter<ByteBuffer, ByteBuffer>> stream(
			grpc::internal::ClientReaderWriterFactory<ByteBuffer, ByteBuffer>::Create(
				channel_.get(), method, &context_));
		std::thread writer([&] { WriteAll(stream.get()); });

		ReadAll(stream.get());
		writer.join();
		return stream->Finish();
	}

	std::shared_ptr<grpc::Channel> channel_;
	ClientContext context_;
	Log log_;
	std::string first_;
	size_t size_ = 0;
	int n_ = 0, cancel_ms_ = 0;
};

static int Ask(const std::string &address)
{
	std::shared_ptr<grpc::Channel> channel =
		grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
	std::vector<std::thread> under_way;
	std::string line;

	while (std::getline(std::cin, line)) {
		if (line.compare(0, 2, "& ") == 0)
			under_way.emplace_back([channel, line] { Call(channel, line.substr(2)).Perform(); });
		else
			Call(channel, line).Perform();
	}
	for (std::thread &thread : under_way)
		thread.join();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	const std::string address = std::string("127.0.0.1:") + argv[2];
	return std::string(argv[1]) == "server" ? Serve(address) : Ask(address);
}
