"""The flow from a marked key to what is stored: real databases, a simulated Bugzilla over real HTTP."""
