"""auth's routes: parse, call the service, reply. The gateway has decided who may call; the rules are the service's."""
