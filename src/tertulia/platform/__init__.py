"""What every service stands on: settings, errors, logs, stores, the bus, HTTP in and out, identity, lifecycle.

It knows no word of the product and reads no product settings: values reach it as arguments. Each outside library has
its one door here (SQLAlchemy in ``db``, redis in ``valkey``, nats in ``bus``, aiohttp in ``http``).
"""
