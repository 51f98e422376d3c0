"""Knowledge products: the list, the page of one, publishing one and changing it."""

from web.pages.knowledge.changing import change, change_form
from web.pages.knowledge.overview import overview
from web.pages.knowledge.publishing import form, publish
from web.pages.posts.page import post as product

__all__ = ["change", "change_form", "form", "overview", "product", "publish"]
