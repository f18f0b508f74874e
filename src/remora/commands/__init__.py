"""Command lines of generated packages: declarations in, commands with options, tables, JSON and exit codes out.

Declarations (`remora.commands.declarations`) need nothing. Running a command needs the extra `cli`, which brings click
and rich; only then are they imported.
"""
