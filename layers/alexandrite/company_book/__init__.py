"""The company's book: price lists, metal rates, the auto-approval rule and settings, each with its versions."""
