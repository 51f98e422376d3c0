"""Knowledge products (kennisproducten) and outcomes (terugkoppelingen)."""
