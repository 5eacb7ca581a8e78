"""Lists that addresses filter and sort: what may be asked of a list, and the addresses that ask it.

Pure: nothing here knows of requests, databases or templates. What is not declared is refused, never ignored.
"""

from web.lists.query import FORMATS, BadQuery, ListQuery
from web.lists.spec import Column, Filter, ListSpec, Sort

__all__ = ["FORMATS", "BadQuery", "Column", "Filter", "ListQuery", "ListSpec", "Sort"]
