START TRANSACTION;
INSERT INTO recipe (id, author_id, name, servings, vegan, steps, nutrition, price, created_at) VALUES
    (UNHEX('018F00000000700080000000000000AA'), 2, 'Salad', 2, 1, 'cut,toss', NULL, 1.5, '2024-07-01 10:00:00');
INSERT INTO ingredient (id, recipe_id, author_id, name, amount, unit, position) VALUES
    (UNHEX('018F00000000700080000000000000AB'), UNHEX('018F00000000700080000000000000AA'), 2, 'Lettuce', 1, NULL, 0);
COMMIT;
SELECT LOWER(HEX(r.id)), r.name, r.price, i.name FROM recipe r JOIN ingredient i ON i.recipe_id = r.id
JOIN `user` u ON u.id = r.author_id WHERE u.email = 'bob@example.org' AND r.name = 'Salad';
DELETE FROM ingredient WHERE recipe_id = UNHEX('018F00000000700080000000000000AA');
DELETE FROM recipe WHERE id = UNHEX('018F00000000700080000000000000AA');
SELECT COUNT(*) FROM recipe WHERE author_id = 2;
