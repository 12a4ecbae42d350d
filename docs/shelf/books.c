/* books.c -- what stands on the shelf, and who has it. */
#include "shelf.h"

/* ---- shapes ---- */

DW_SCHEMA(book,
    (dw_text, title, DW_LEN(1, 120), .doc = "As on the cover"),
    (dw_text, isbn,  .pattern = "[0-9]{13}", .pattern_says = "An ISBN is 13 digits."),
    (int64_t, year,  DW_RANGE(1450, 2100))
);

DW_SCHEMA(book_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));

/* What we send. A field that is not here cannot leak. */
DW_SCHEMA(book_row, (int64_t, id), (dw_text, title), (dw_text, isbn), (int64_t, year));
DW_PAGE(book_page, book_row);

/* PATCH: which book, and any of its fields. */
DW_PARTIAL(book_part, book);
DW_SCHEMA(book_change,
    (book_key,  key, .flat = true),
    (book_part, set, .flat = true)
);

DW_SCHEMA(book_list,
    (int64_t, limit, DW_RANGE(1, 50), .optional = true),
    (int64_t, after, DW_RANGE(1, INT64_MAX), .optional = true, .doc = "The `next` of the page before"),
    (dw_text, title, DW_LEN(1, 120), .optional = true, .doc = "What the title contains")
);

/* ---- statements ---- */

DW_QUERY(book_insert, book, book_row,
    "INSERT INTO books (title, isbn, year) VALUES (:title, :isbn, :year) RETURNING id, title, isbn, year");
DW_SCHEMA(book_found, (int64_t, id), (dw_text, title), (dw_text, isbn), (int64_t, year), (int64_t, version));
DW_QUERY(book_by_id, book_key, book_found, "SELECT id, title, isbn, year, version FROM books WHERE id = :id");

DW_QUERY(book_update, book_change, book_row,
    "UPDATE books SET title = coalesce(:title, title), isbn = coalesce(:isbn, isbn), year = coalesce(:year, year),"
    " version = version + 1 WHERE id = :id RETURNING id, title, isbn, year");
DW_QUERY(book_delete, book_key, dw_nothing, "DELETE FROM books WHERE id = :id");

DW_SCHEMA(page_key, (int64_t, after), (dw_text, title, .optional = true), (int64_t, n));
DW_QUERY(books_after, page_key, book_row,
    "SELECT id, title, isbn, year FROM books"
    " WHERE id > :after AND (:title IS NULL OR instr(lower(title), lower(:title))) ORDER BY id LIMIT :n");

DW_SCHEMA(loan, (int64_t, book), (dw_text, since));
DW_QUERY(loan_begin, book_key, loan,
    "INSERT INTO loans (book, member, since) SELECT id, :me, :now FROM books WHERE id = :id RETURNING book, since");
DW_QUERY(loan_end, book_key, dw_nothing, "DELETE FROM loans WHERE book = :id AND member = :me");

/* ---- handlers ---- */

static dw_err add_book(dw_req *req, const book *in, book_row *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = DW_ONE(ctx, book_insert, in, out);

    if (err == DW_CONFLICT)
        return dw_req_fail(req, err, "That ISBN is on the shelf already");
    if (err != DW_OK)
        return err;
    DW_LOG_INFO(ctx, "book.added", DW_KV(id, out->id), DW_KV(title, out->title));
    return dw_reply_header(req, "Location", dw_format(ctx, "/v1/books/%lld", (long long)out->id));
}
DW_HANDLER(add_book, book, book_row);

static dw_err show_book(dw_req *req, const book_key *in, book_row *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    book_found found;
    dw_err err = DW_ONE(ctx, book_by_id, in, &found);

    if (err != DW_OK)
        return err;
    *out = (book_row){.id = found.id, .title = found.title, .isbn = found.isbn, .year = found.year};
    return dw_reply_etag(req, dw_format(ctx, "%lld-%lld", (long long)found.id, (long long)found.version));
}
DW_HANDLER(show_book, book_key, book_row);

static dw_err list_books(dw_req *req, const book_list *in, book_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    int64_t limit = in->has.limit ? in->limit : 10;
    const page_key key = {
        .after = in->has.after ? in->after : 0, .title = in->title, .has.title = in->has.title,
        .n = limit + 1};
    dw_err err = DW_ALL(ctx, books_after, &key, &out->items);

    if (err != DW_OK || out->items.n <= (size_t)limit)
        return err;
    out->items.n = (size_t)limit; /* the one more only told that there is a next page */
    out->next = dw_format(ctx, "%lld", (long long)out->items.v[limit - 1].id);
    out->has.next = true;
    return DW_OK;
}
DW_HANDLER(list_books, book_list, book_page);

static dw_err change_book(dw_req *req, const book_change *in, book_row *out)
{
    if (!in->set.has.title && !in->set.has.isbn && !in->set.has.year)
        return dw_req_fail(req, DW_BAD_REQUEST, "Nothing to change");
    return DW_ONE(dw_req_ctx(req), book_update, in, out);
}
DW_HANDLER(change_book, book_change, book_row);

static dw_err remove_book(dw_req *req, const book_key *in, dw_nothing *out)
{
    int64_t gone;
    dw_err err = DW_EXEC(dw_req_ctx(req), book_delete, in, &gone);

    (void)out;
    return err != DW_OK ? err : gone == 0 ? DW_NOT_FOUND : DW_OK;
}
DW_HANDLER(remove_book, book_key, dw_nothing);

static dw_err borrow(dw_req *req, const book_key *in, loan *out)
{
    dw_err err = DW_ONE(dw_req_ctx(req), loan_begin, in, out);

    return err == DW_CONFLICT ? dw_req_fail(req, err, "Somebody has it") : err;
}
DW_HANDLER(borrow, book_key, loan);

static dw_err give_back(dw_req *req, const book_key *in, dw_nothing *out)
{
    int64_t ended;
    dw_err err = DW_EXEC(dw_req_ctx(req), loan_end, in, &ended);

    (void)out;
    return err != DW_OK ? err : ended == 0 ? DW_NOT_FOUND : DW_OK;
}
DW_HANDLER(give_back, book_key, dw_nothing);

/* ---- routes ---- */

static const dw_route routes[] = {
    DW_GET("/books", list_books, DW_ANY_USER, .doc = "The shelf, page by page"),
    DW_POST("/books", add_book, DW_ROLES(keeper), .max_body = 4096, .doc = "Add a book"),
    DW_GET("/books/{id}", show_book, DW_ANY_USER),
    DW_PATCH("/books/{id}", change_book, DW_ROLES(keeper)),
    DW_DELETE("/books/{id}", remove_book, DW_ROLES(keeper)),
    DW_PUT("/books/{id}/loan", borrow, DW_ROLES(reader, keeper)),
    DW_DELETE("/books/{id}/loan", give_back, DW_ROLES(reader, keeper)),
};
const dw_blueprint books = DW_BLUEPRINT("/v1", routes, .deadline_ms = 5000);
