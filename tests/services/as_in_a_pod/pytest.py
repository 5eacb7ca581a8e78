"""Stands before the real one on the path of processes that stand for a pod's: there is none in the image.

fedora-messaging loads pytest where it finds it, which would be a tenth of what starting a consumer costs.
"""

raise ImportError("there is no pytest in a pod")
