"""What crosses a service's boundary, and nothing else: ids, money, roles, events, jobs, stream parts, internal calls.

Everything here is frozen data. A service may import this package and ``platform``, never another service.
"""
