"""Read models over orders: rows with a version guard, sorted lists that are cheap to page, counts kept by the writer.

`trees` is pure; `items` says what a table must do; `writing` and `reading` work on any such table; `generations` builds
a second read model beside the one that serves. Which card an order has and which lists it stands in is for the read
model itself to say (`alexandrite.board`, `alexandrite.attention`).
"""
