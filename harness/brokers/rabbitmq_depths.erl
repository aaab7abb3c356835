%% Tells how deep the queues of this RabbitMQ node are, on a port of its own on 127.0.0.1, or on
%% CRUCIBLE_CONTROL_HOST.
%% To each line it hears it answers a line for each queue of the virtual host "/" (messages ready,
%% messages unacknowledged, name), then an empty one. Run in the node by file:script/1.

Depth = fun([{name, {resource, _, queue, Name}}, {_, Ready}, {_, Unacknowledged}]) ->
    io_lib:format("~b ~b ~s~n", [Ready, Unacknowledged, Name])
end,

Answer = fun Answer(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, _} ->
            Items = [name, messages_ready, messages_unacknowledged],
            Queues = rabbit_amqqueue:info_all(<<"/">>, Items),
            gen_tcp:send(Socket, [lists:map(Depth, Queues), $\n]),
            Answer(Socket);
        {error, _} ->
            gen_tcp:close(Socket)
    end
end,

Accept = fun Accept(Listening) ->
    {ok, Socket} = gen_tcp:accept(Listening),
    Answering = spawn(fun() -> receive begin_now -> Answer(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Answering),
    Answering ! begin_now,
    Accept(Listening)
end,

%% A socket belongs to the process that opened it: it must be opened where it is used.
spawn(fun() ->
    Port = list_to_integer(os:getenv("CRUCIBLE_CONTROL_PORT")),
    {ok, Host} = inet:parse_address(os:getenv("CRUCIBLE_CONTROL_HOST", "127.0.0.1")),
    Options = [binary, {packet, line}, {active, false}, {ip, Host}, {reuseaddr, true}],
    {ok, Listening} = gen_tcp:listen(Port, Options),
    Accept(Listening)
end).
