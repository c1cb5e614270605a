INSERT INTO bookings SET member_no = 2, title = 'Café', weekdays = 'sa,su', season = 24, day = '2024-07-06', begins = '09:00', confirmed = 1;
SELECT title, weekdays, season, day, begins, confirmed + 0, LPAD(seats, 3, '-') FROM bookings WHERE booking_no = LAST_INSERT_ID();
UPDATE bookings SET flags = flags | 1 WHERE member_no = 2;
SELECT COUNT(*) FROM open_bookings WHERE member_no = 2;
DELETE FROM bookings WHERE title = 'Café';
