"""The edge's mind: says to Envoy, for each public call, who it is, whether it may and how fast, and shows the web page.

Tables: none. Events: hears ``event.auth.access_changed.v1``. Port 4010.
"""
