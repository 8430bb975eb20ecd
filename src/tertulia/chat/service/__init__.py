"""chat's rules. Each function or class here is one unit of work, or several; none knows of HTTP."""
