-- A post of the editor, as wp_insert_post() writes it, a comment of a guest, and the archive's page.
INSERT INTO wp_posts (post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt,
    post_status, post_name, to_ping, pinged, post_modified, post_modified_gmt, post_content_filtered)
VALUES (1, '2024-04-01 10:00:00', '2024-04-01 08:00:00', 'April.', 'April', '', 'publish', 'april',
    '', '', '2024-04-01 10:00:00', '2024-04-01 08:00:00', '');
SET @post = LAST_INSERT_ID();
INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (@post, '_edit_last', '1');
INSERT INTO wp_comments (comment_post_ID, comment_author, comment_author_email, comment_date,
    comment_date_gmt, comment_content, comment_approved, user_id)
VALUES (@post, 'Guest', 'guest@example.org', '2024-04-02 10:00:00', '2024-04-02 08:00:00', 'Hi', '0', 0);
UPDATE wp_posts SET comment_count = comment_count + 1 WHERE ID = @post;
INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) VALUES (@post, 2);
UPDATE wp_term_taxonomy SET count = count + 1 WHERE term_taxonomy_id = 2;
SELECT p.post_title, p.comment_count, u.display_name, t.name FROM wp_posts p
JOIN wp_users u ON u.ID = p.post_author JOIN wp_term_relationships r ON r.object_id = p.ID
JOIN wp_term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id JOIN wp_terms t ON t.term_id = x.term_id
WHERE p.post_author = 1 AND p.post_status = 'publish' ORDER BY p.post_date;
DELETE FROM wp_comments WHERE comment_post_ID = @post;
SELECT COUNT(*) FROM wp_posts WHERE post_author = 1;
