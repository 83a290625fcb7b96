"""Partners: other sellers who order through the open API, their keys and the limits they work within."""
