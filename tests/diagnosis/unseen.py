"""Collections of replies from other mail systems than those that the texts were written with."""

UNSEEN = ("replies-unseen-1", "replies-unseen-2", "replies-unseen-3")
