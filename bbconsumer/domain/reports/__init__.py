"""The texts that people used to write by hand, as pure functions of a milestone's facts.

Plain text. A list that is empty says so, and data that may be wrong say so on top. Nothing from outside can break a
line, and of an account only the part before the ``@`` appears.
"""
