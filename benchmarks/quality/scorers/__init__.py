"""What an answer is worth, one way of telling a file. Pure but for `functions`, and none raises,
whatever was answered.
"""
