"""One function per page: Session → read model, in a number of SELECTs that does not depend on how much is stored.

Every text of a bug that is absent (private or missing) stays out here, so that no template has to know of it.
"""
