%% Tells of this RabbitMQ node, and takes orders, on a port of its own on 127.0.0.1, or on
%% CRUCIBLE_CONTROL_HOST: to each line it hears it answers some lines, then an empty one.
%% Run in the node by file:script/1.
%%   (nothing)     each queue of the virtual host "/": messages ready, unacknowledged, its name
%%   connections   each connection of a client that is open; one whose client does not answer to its
%%                 closing is listed by RabbitMQ for longer, but takes nothing any more
%%   close         closes them all; each that it closed
%%   alarms        each alarm that is raised
%%   watermark X   the part of memory above which the memory alarm is raised; what it was before

Depth = fun([{name, {resource, _, queue, Name}}, {_, Ready}, {_, Unacknowledged}]) ->
    io_lib:format("~b ~b ~s~n", [Ready, Unacknowledged, Name])
end,

Lines = fun(Things) -> [io_lib:format("~0p~n", [Thing]) || Thing <- Things] end,

Close = fun(Connection) ->
    ok = rabbit_networking:close_connection(Connection, "closed by a fault"),
    Connection
end,

%% One that has ended meanwhile cannot tell its state.
IsOpen = fun(Connection) ->
    try rabbit_networking:connection_info(Connection, [state]) of
        [{state, State}] -> State =:= running orelse State =:= blocked orelse State =:= blocking
    catch
        _:_ -> false
    end
end,

Obey = fun
    (<<"\n">>) ->
        Items = [name, messages_ready, messages_unacknowledged],
        lists:map(Depth, rabbit_amqqueue:info_all(<<"/">>, Items));
    (<<"connections\n">>) ->
        Lines(lists:filter(IsOpen, rabbit_networking:connections()));
    (<<"close\n">>) ->
        Lines(lists:map(Close, rabbit_networking:connections()));
    (<<"alarms\n">>) ->
        Lines(rabbit_alarm:get_alarms());
    (<<"watermark ", Part/binary>>) ->
        Before = vm_memory_monitor:get_vm_memory_high_watermark(),
        vm_memory_monitor:set_vm_memory_high_watermark(binary_to_float(string:trim(Part))),
        Lines([Before])
end,

Answer = fun Answer(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Line} ->
            gen_tcp:send(Socket, [Obey(Line), $\n]),
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
