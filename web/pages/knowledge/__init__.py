"""Knowledge products: the list, the page of one, and publishing one."""

from web.pages.knowledge.overview import overview
from web.pages.knowledge.publishing import form, publish
from web.pages.posts.page import post as product

__all__ = ["form", "overview", "product", "publish"]
