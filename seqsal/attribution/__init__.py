"""Attribution: which parts of a text does a part of it depend on?"""
