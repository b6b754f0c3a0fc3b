"""One connection to the broker: the only room that knows aiomqtt and the bytes on the wire."""
