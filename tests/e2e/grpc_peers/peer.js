// SPDX-License-Identifier: Apache-2.0
// Node's gRPC peer; what it reads and prints is told in grpc_calls.py.
'use strict';
const grpc = require('@grpc/grpc-js');
const readline = require('readline');

const SERVICE = '/l7scope.Echo/';
const STREAMS = {Unary: [false, false], Collect: [true, false], Expand: [false, true], Chat: [true, true]};
const pass = (bytes) => bytes;

class Log {
    constructor(method) {
        this.line = {method, sent: 0, sent_bytes: 0, received: 0, received_bytes: 0};
        this.printed = false;
    }
    send(message) {
        this.line.sent++;
        this.line.sent_bytes += message.length;
        return message;
    }
    receive(message) {
        this.line.received++;
        this.line.received_bytes += message.length;
    }
    end(status, message) {
        if (this.printed) return;
        this.printed = true;
        console.log(JSON.stringify({...this.line, status, message: Buffer.from(message || '').toString('hex')}));
    }
}

// ---- server ----

function order(bytes) {
    const [answers, size, code, wait, message] = bytes.toString('latin1').split(' ');
    return {answers: +answers, body: Buffer.alloc(+size, 'y'), code: +code, wait: +wait,
            details: Buffer.from(message === '-' ? '' : message, 'hex').toString()};
}

function begin(name, call) {
    const log = new Log(SERVICE + name);
    call.on('cancelled', () => log.end(1, ''));
    return log;
}

function answerOne(log, wish, callback) {
    setTimeout(() => {
        const error = wish.code ? {code: wish.code, details: wish.details} : null;
        callback(error, error ? null : log.send(wish.body));
        log.end(wish.code, wish.details);
    }, wish.wait);
}

function endStream(log, call, wish) {
    setTimeout(() => {
        if (call.cancelled) return;
        if (wish.code) call.emit('error', {code: wish.code, details: wish.details});
        else call.end();
        log.end(wish.code, wish.details);
    }, wish.wait);
}

const HANDLERS = {
    Unary(call, callback) {
        const log = begin('Unary', call);
        log.receive(call.request);
        answerOne(log, order(call.request), callback);
    },
    Collect(call, callback) {
        const log = begin('Collect', call);
        let wish;
        call.on('data', (message) => { log.receive(message); wish = wish || order(message); });
        call.on('end', () => answerOne(log, wish, callback));
    },
    Expand(call) {
        const log = begin('Expand', call), wish = order(call.request);
        log.receive(call.request);
        for (let i = 0; i < wish.answers; i++) call.write(log.send(wish.body));
        endStream(log, call, wish);
    },
    Chat(call) {
        const log = begin('Chat', call);
        let wish;
        call.on('data', (message) => {
            log.receive(message);
            wish = wish || order(message);
            if (log.line.sent < wish.answers) call.write(log.send(wish.body));
        });
        call.on('end', () => endStream(log, call, wish));
    },
};

function serve(address) {
    const service = {};
    for (const [name, [requestStream, responseStream]] of Object.entries(STREAMS))
        service[name] = {path: SERVICE + name, requestStream, responseStream, requestSerialize: pass,
                         requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass};
    const server = new grpc.Server();
    server.addService(service, HANDLERS);
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => { if (error) throw error; });
}

// ---- client ----

function open(client, name, first, options) {
    const [asks, answers] = STREAMS[name], path = SERVICE + name, none = new grpc.Metadata();
    const ignore = () => {};
    if (asks && answers) return client.makeBidiStreamRequest(path, pass, pass, none, options);
    if (asks) return client.makeClientStreamRequest(path, pass, pass, none, options, ignore);
    if (answers) return client.makeServerStreamRequest(path, pass, pass, first, none, options);
    return client.makeUnaryRequest(path, pass, pass, first, none, options, ignore);
}

function perform(client, line) {
    const [name, n, size, answers, answerSize, code, wait, deadline, cancel, message] = line.split(' ');
    const log = new Log(SERVICE + name), text = [answers, answerSize, code, wait, message, ''].join(' ');
    const first = Buffer.from(text.padEnd(+size, 'x')), other = Buffer.alloc(+size, 'x');
    const options = {...(+deadline ? {deadline: Date.now() + +deadline} : {})};
    // the answer of a call that has one only reaches its deserializer
    const reader = (bytes) => { log.receive(bytes); return bytes; };
    const counted = {__proto__: client};
    for (const make of ['makeUnaryRequest', 'makeClientStreamRequest', 'makeServerStreamRequest', 'makeBidiStreamRequest'])
        counted[make] = (path, serialize, _, ...rest) => client[make](path, serialize, reader, ...rest);
    return new Promise((resolve) => {
        const call = open(counted, name, first, options);
        call.on('error', () => {});
        call.on('data', () => {});
        call.on('status', (status) => { log.end(status.code, status.details); resolve(); });
        log.send(first);
        if (STREAMS[name][0]) {
            call.write(first);
            for (let i = 1; i < +n; i++) call.write(log.send(other));
            call.end();
        }
        if (+cancel) setTimeout(() => call.cancel(), +cancel);
    });
}

async function ask(address) {
    const client = new grpc.Client(address, grpc.credentials.createInsecure());
    const under_way = [];
    for await (const line of readline.createInterface({input: process.stdin})) {
        if (line.startsWith('& ')) under_way.push(perform(client, line.slice(2)));
        else await perform(client, line);
    }
    await Promise.all(under_way);
    client.close();
}

const [role, port] = process.argv.slice(2);
(role === 'server' ? serve : ask)('127.0.0.1:' + port);
