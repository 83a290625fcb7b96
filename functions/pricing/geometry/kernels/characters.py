"""Characters of text formats by the name of their ASCII code."""

TAB, LINE_FEED, RETURN, SPACE = b"\t\n\r "
HASH, PLUS, MINUS, POINT, SLASH, BACKSLASH = b"#+-./\\"
ZERO, NINE = b"09"
LESS, GREATER, EQUALS, AMPERSAND, QUOTE, APOSTROPHE = b"<>=&\"'"
SMALL_E, SMALL_F, SMALL_V = b"efv"
TO_LOWER = 0x20  # the bit that tells a letter from its capital
