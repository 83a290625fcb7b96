"""The AWS emulator of the local cloud: ministack, adapted where it differs from AWS in ways the template relies on.

One module per adaptation, each with an `install()` that changes the imported emulator. Each adaptation has a test that
shows the emulator still wrong without it, so that an upgrade tells which ones may go.

Only `server` may be imported from here before the settings are in the environment: never by another module.
"""
