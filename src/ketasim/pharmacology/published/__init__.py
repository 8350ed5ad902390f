"""Published models, one file each, as their papers print them. Nothing is improved here and nothing is joined."""
