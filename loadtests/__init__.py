"""How fast is a node, beside a plain app that does none of it, and does it stand a market morning?"""
