% only a comment
