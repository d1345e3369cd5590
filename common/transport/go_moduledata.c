/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/go_moduledata.h"

#include <string.h>

/* Words of it, the same since Go 1.16: the table's address, six slices of three words each and an address,
 * where the first function begins and the last one ends, where code begins and ends. */
enum word {
	FIRST_PC = 20,
	LAST_PC,
	TEXT,
	TEXT_END,
	/* from 1.20 on two more are in front of where types begin and end */
	TYPES_OLD = 35,
	TYPES = 37,
	WORDS = 40
};
/* From here on something else is in between the two. */
#define MINOR_BETWEEN 27

/* Few words are the table's address; each that is costs a pass over the relocations. */
#define CANDIDATES_MAX 16

struct search {
	const struct go_pclntab *t;
	int minor;
	struct go_moduledata *out;
	bool found;
	size_t tried;
};

static struct go_range between(uint64_t begin, uint64_t end)
{
	return (struct go_range){begin, end > begin ? end - begin : 0};
}

static struct go_range types_of(const struct search *s, const uint64_t *words)
{
	size_t at = s->t->since_1_20 ? TYPES : TYPES_OLD;
	bool is_new = s->t->since_1_20 && (s->minor < 0 || s->minor >= MINOR_BETWEEN);
	struct go_range types = between(words[at], words[at + (is_new ? 2 : 1)]);

	if (types.size > go_image_left(s->t->image, types.address))
		types.size = 0;
	return types;
}

static bool look(void *ctx, uint64_t address)
{
	struct search *s = ctx;
	const struct go_image *image = s->t->image;
	uint64_t words[WORDS], first;

	if (go_image_read_words(image, address, words, WORDS) &&
	    go_pclntab_first(s->t, words[TEXT], &first) && first == words[FIRST_PC] &&
	    words[TEXT] <= words[FIRST_PC] && words[LAST_PC] <= words[TEXT_END]) {
		s->out->text = between(words[TEXT], words[TEXT_END]);
		s->out->types = types_of(s, words);
		s->found = s->out->text.size && go_image_left(image, words[TEXT]) >= s->out->text.size;
	}
	return s->found || ++s->tried == CANDIDATES_MAX;
}

int go_moduledata_find(struct go_moduledata *m, const struct go_pclntab *t, int minor)
{
	struct search search = {.t = t, .minor = minor, .out = m};

	memset(m, 0, sizeof(*m));
	go_image_find_word(t->image, t->all.address, look, &search);
	return search.found ? 0 : -1;
}
